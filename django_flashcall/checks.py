"""System checks of the FLASHCALL setting."""
