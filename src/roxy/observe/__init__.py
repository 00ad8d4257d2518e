"""What Roxy says about itself: logs, metrics, and the ids that join what belongs together."""
