"""A LiDAR processing system: point clouds in, shaded relief out."""
