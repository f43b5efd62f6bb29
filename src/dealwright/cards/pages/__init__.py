"""Cards other than that of a contact: nobody, several, home, faults, forms, settings."""
