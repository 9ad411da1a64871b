"""The one place that speaks SQL. Every method works inside a transaction bound to one business."""
