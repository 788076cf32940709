"""What a person is asked: one definition, four doors (page, wizard, conversation, sheet)."""
