"""Descriptions of pictures: a model says what is to be seen, code stores it as a derived exhibit that says so."""
