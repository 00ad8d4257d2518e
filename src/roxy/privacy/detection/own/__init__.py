"""The user's own words, found in other forms. `words` is what is asked; `people` and `places` know the forms."""
