"""What stands between the pipelines and the faces: the settings' parts, put together once."""
