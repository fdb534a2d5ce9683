"""What writes the prose: one adapter per engine behind one port."""
