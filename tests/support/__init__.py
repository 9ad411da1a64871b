"""What the tests share: servers, databases, and builders with valid defaults."""
