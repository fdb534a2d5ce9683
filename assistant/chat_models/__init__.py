"""Language models behind one port: messages in, events out."""
