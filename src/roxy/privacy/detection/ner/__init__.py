"""Names, places and addresses in prose, by a linear-chain CRF that the project trains itself (`MODEL_CARD.md`)."""
