"""Question to ranked passages: lexical, dense and identifier look-up, fused under a soft prior over exhibits."""
