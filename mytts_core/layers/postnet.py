"""PostNet: convolutions that refine the predicted mel."""

from __future__ import annotations

import keras
from keras import ops

NUM_LAYERS = 5
KERNEL_SIZE = 5


@keras.saving.register_keras_serializable(package="mytts")
class PostNet(keras.layers.Layer):
    """Five convolutions (kernel 5, same), each with batch normalisation, tanh and dropout after the first four.

    Frames that are not `valid` are zero before each convolution and left out of the batch statistics, so that padding
    never changes a valid frame; with `mask_padding` False they are not, as in the previous model.

    Args:
        n_mels: bands of input and output.
        filters: channels of the four inner convolutions.
        dropout_rate: probability of dropping a unit after each tanh in training.
        mask_padding: whether padding is masked.

    Source:
        Shen et al. 2018, arXiv:1712.05884, section 2.2.
    """

    def __init__(self, n_mels: int, filters: int = 512, dropout_rate: float = 0.1, mask_padding: bool = True,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.n_mels = n_mels
        self.filters = filters
        self.dropout_rate = dropout_rate
        self.mask_padding = mask_padding
        channels = [filters] * (NUM_LAYERS - 1) + [n_mels]
        self.convolutions = [keras.layers.Conv1D(c, KERNEL_SIZE, padding="same", name=f"convolution_{i}",
                                                 dtype=self.dtype_policy) for i, c in enumerate(channels)]
        self.normalizations = [keras.layers.BatchNormalization(name=f"normalization_{i}", dtype=self.dtype_policy)
                               for i in range(NUM_LAYERS)]
        self.dropouts = [keras.layers.Dropout(dropout_rate, name=f"dropout_{i}", dtype=self.dtype_policy)
                         for i in range(NUM_LAYERS - 1)]

    def build(self, input_shape=None) -> None:
        """Create the weights."""
        channels = self.n_mels
        for convolution, normalization in zip(self.convolutions, self.normalizations):
            convolution.build((None, None, channels))
            channels = convolution.filters
            normalization.build((None, None, channels))
        self.built = True

    def call(self, mel, valid=None, training=False, always_mask=False):
        """Return the correction to add to `mel`: (batch, frames, n_mels).

        Args:
            mel: float, (batch, frames, n_mels).
            valid: boolean, (batch, frames), True where a frame is valid; None where all are.
            training: whether batch statistics and dropout are used.
            always_mask: whether padding is masked even without `mask_padding`, as decoding does.
        """
        valid = valid if self.mask_padding or always_mask else None
        keep = None if valid is None else ops.cast(valid, self.compute_dtype)[:, :, None]
        x = mel
        for i, (convolution, normalization) in enumerate(zip(self.convolutions, self.normalizations)):
            x = convolution(x if keep is None else ops.cast(x, keep.dtype) * keep)
            x = normalization(x, training=training, mask=valid)
            if i < NUM_LAYERS - 1:
                x = self.dropouts[i](ops.tanh(x), training=training)
        return x

    def compute_output_shape(self, input_shape, *_args, **_kwargs):
        """Return the shape of the mel."""
        return input_shape

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), "n_mels": self.n_mels, "filters": self.filters,
                "dropout_rate": self.dropout_rate, "mask_padding": self.mask_padding}
