"""Messages to text: generators, one a file."""
