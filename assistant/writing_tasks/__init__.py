"""What a model writes besides answers: a prompt, and code that checks what comes of it."""
