"""What several pages ask with and say."""
