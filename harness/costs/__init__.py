"""What an arm costs: dated prices times measured quantities."""
