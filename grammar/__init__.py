"""The grammar of the azl language, stated once; read through importlib.resources."""
