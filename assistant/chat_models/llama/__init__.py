"""Ministral 3 through llama.cpp, in a child process of the app where one thread owns the model."""
