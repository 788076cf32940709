"""What counsellors do: records, what is added to them, whose students are whose, own words."""
