"""The verbs of exchange between schools: packages out, packages in."""
