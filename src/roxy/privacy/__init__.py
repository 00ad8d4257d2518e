"""What may leave, and under which name: detection, pseudonyms, restoring. `gateway.PrivacyGateway` is the way in."""
