"""Model files on this machine: catalogue, installed models, and the only code that downloads."""
