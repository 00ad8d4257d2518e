"""Finding what is personal or secret in a text. `detector.Detector` puts the parts together and is the way in."""
