"""What the mirror says, for people and programs: now, or as it was known at any moment since."""
