"""The words of a card in other languages than English; what a file lacks is said in English."""
