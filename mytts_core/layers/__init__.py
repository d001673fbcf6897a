"""Keras layers, one public class a file, written with `keras.ops` so that they run under TensorFlow and JAX."""
