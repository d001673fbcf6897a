"""The text-to-mel Transformer."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Optional

import keras
from keras import ops

from mytts_core.config import ModelConfig
from mytts_core.layers.decoder_block import DecoderBlock
from mytts_core.layers.encoder_block import EncoderBlock
from mytts_core.layers.positions import sinusoidal_positions
from mytts_core.layers.postnet import PostNet
from mytts_core.layers.prenet import Prenet, prenet_masks
from mytts_core.layers.prosody import ProsodyConditioning
from mytts_core.model.masks import causal_mask, diagonal_window, group_lengths, length_mask

PRENET_UNITS = 256
NUM_PROSODY_DIMENSIONS = 4


class ModelOutput(NamedTuple):
    """Everything a teacher-forced pass yields.

    mel_pre, mel_post: float32 (batch, frames, bands), before and after the PostNet, normalised.
    stop_logits: float32 (batch, frames, 1).
    attention: a tuple over decoder layers of float32 (batch, heads, groups, tokens).
    prosody_mean, prosody_log_std: float32 (batch, 4), or None without prosody conditioning.
    mel_text: float32 (batch, frames, bands), the mel read off what cross-attention alone adds, or None.
    """

    mel_pre: Any
    mel_post: Any
    stop_logits: Any
    attention: tuple
    prosody_mean: Any
    prosody_log_std: Any
    mel_text: Any = None


@keras.saving.register_keras_serializable(package="mytts")
class TransformerTTS(keras.Model):
    """Text-to-mel Transformer with teacher forcing; `generate` decodes freely.

    The decoder works on groups of `reduction_factor` frames and sees earlier groups only; every input and output is in
    frames. Mels are normalised here, and ln-magnitude everywhere else.

    Args:
        num_layers, d_model, num_heads, dff, …: see `mytts_core.config.ModelConfig`.
        input_vocab_size: number of token ids.
        n_mels: number of mel bands.
        pad_id: the token id that marks padding.

    Raises:
        ValueError: for a value that breaks a rule, naming both.

    Source:
        Li et al. 2019, arXiv:1809.08895.
    """

    def __init__(self, *, num_layers: int, d_model: int, num_heads: int, dff: int, input_vocab_size: int, n_mels: int,
                 dropout_rate: float = 0.1, pad_id: int = 1, droppath_rate: float = 0.0, max_length: int = 4096,
                 use_prenet: bool = True, prenet_drop: float = 0.5, use_postnet: bool = True,
                 cross_win: Optional[float] = None, activation: str = "gelu", pos_encoding_type: str = "sinusoidal",
                 postnet_filters: int = 512, reduction_factor: int = 1, prosody: bool = False,
                 prenet_drop_at_inference: bool = False, final_norm: bool = False, absolute_positions: bool = False,
                 name: str = "TransformerTTS", **kwargs) -> None:
        super().__init__(name=name, **kwargs)
        self.config = ModelConfig(
            num_layers=num_layers, d_model=d_model, num_heads=num_heads, dff=dff, dropout_rate=dropout_rate,
            droppath_rate=droppath_rate, use_prenet=use_prenet, prenet_drop=prenet_drop, cross_win=cross_win,
            max_length=max_length, activation=activation, pos_encoding_type=pos_encoding_type, use_postnet=use_postnet,
            postnet_filters=postnet_filters, reduction_factor=reduction_factor, prosody=prosody,
            prenet_drop_at_inference=prenet_drop_at_inference, final_norm=final_norm,
            absolute_positions=absolute_positions)
        self.input_vocab_size = _positive("input_vocab_size", input_vocab_size)
        self.n_mels = _positive("n_mels", n_mels)
        self.pad_id = pad_id
        self.rotary = pos_encoding_type == "rope"
        self.adds_positions = absolute_positions or not self.rotary
        self._create_layers()
        self.build()

    def _create_layers(self) -> None:
        config, policy = self.config, self.dtype_policy
        block = dict(d_model=config.d_model, num_heads=config.num_heads, dff=config.dff, activation=config.activation,
                     dropout_rate=config.dropout_rate, droppath_rate=config.droppath_rate, rotary=self.rotary,
                     dtype=policy)
        self.embedding = keras.layers.Embedding(self.input_vocab_size, config.d_model, name="embedding", dtype=policy)
        self.encoder_blocks = [EncoderBlock(**block, name=f"encoder_{i}") for i in range(config.num_layers)]
        self.decoder_blocks = [DecoderBlock(**block, name=f"decoder_{i}") for i in range(config.num_layers)]
        self.input_dropouts = [keras.layers.Dropout(config.dropout_rate, dtype=policy) for _ in range(2)]
        if config.use_prenet:
            self.prenet = Prenet(config.d_model, PRENET_UNITS, config.prenet_drop, name="prenet", dtype=policy)
        else:
            self.prenet = keras.layers.Dense(config.d_model, name="prenet", dtype=policy)
        norm = keras.layers.LayerNormalization
        self.final_norms = [norm(epsilon=1e-5, name=f"final_norm_{side}", dtype=policy)
                            for side in ("encoder", "decoder")] if config.final_norm else []
        self.mel_dense = keras.layers.Dense(self.n_mels * config.reduction_factor, name="mel", dtype="float32")
        self.stop_dense = keras.layers.Dense(1, name="stop", dtype="float32")
        self.postnet = (PostNet(self.n_mels, config.postnet_filters, config.dropout_rate, name="postnet", dtype=policy)
                        if config.use_postnet else None)
        self.prosody = ProsodyConditioning(config.d_model, NUM_PROSODY_DIMENSIONS, name="prosody",
                                           dtype=policy) if config.prosody else None
        self.decoding_functions: dict[str, Any] = {}  # compiled once, by `mytts_core.model.decoding_text`
        self.inference_masks = None
        if config.use_prenet and config.prenet_drop_at_inference:
            groups = -(-config.max_length // config.reduction_factor)
            self.inference_masks = prenet_masks(0, groups, PRENET_UNITS, config.prenet_drop)

    def build(self, input_shape=None) -> None:
        """Create every weight; the shapes follow from the constructor's arguments."""
        if getattr(self, "built", False):
            return
        width = (None, None, self.config.d_model)
        self.embedding.build((None, None))
        self.prenet.build((None, None, self.n_mels))
        for layer in (*self.encoder_blocks, *self.decoder_blocks, *self.final_norms, self.mel_dense, self.stop_dense):
            layer.build(width)
        for layer in (self.postnet, self.prosody):
            if layer is not None:
                layer.build(width)
        self.go_frame = self.add_weight(shape=(1, 1, self.n_mels), initializer="zeros", name="go_frame")
        self.built = True

    # Parts of a pass, shared by teacher forcing and decoding.

    def text_mask(self, enc_ids, enc_len=None):
        """Return (batch, tokens), True at valid tokens: by length where given, else by `pad_id`."""
        if enc_len is not None:
            return length_mask(enc_len, ops.shape(enc_ids)[1])
        return ops.not_equal(enc_ids, self.pad_id)

    def encode(self, enc_ids, mask, training=False):
        """Return the encoded text (batch, tokens, d_model), before prosody conditioning."""
        self._check_length(enc_ids.shape[1], "text tokens")
        x = self._add_positions(self.embedding(enc_ids) * math.sqrt(self.config.d_model))
        x = self.input_dropouts[0](x, training=training)
        for block in self.encoder_blocks:
            x = block(x, valid=mask, training=training)
        return self.final_norms[0](x) if self.final_norms else x

    def condition(self, memory, mask, prosody=None, training=False):
        """Return the conditioned text, the addition to the decoder's input, and the predicted mean and log spread."""
        if self.prosody is None:
            return memory, None, None, None
        mean, log_std = self.prosody.predict(memory, mask, training=training)
        to_memory, to_decoder = self.prosody(mean if prosody is None else ops.cast(prosody, "float32"))
        return memory + to_memory, to_decoder, mean, log_std

    def embed_groups(self, frames, positions, addition=None, masks=None, training=False):
        """Map the frame fed to each group (batch, groups, bands) to the decoder's input (batch, groups, d_model)."""
        if self.config.use_prenet:
            x = self.prenet(frames, masks=masks, training=training)
        else:
            x = self.prenet(frames)
        if self.adds_positions:
            # Scaled as the embeddings are, so that the added positions do not drown it.
            x = x * math.sqrt(self.config.d_model)
            x = x + ops.cast(sinusoidal_positions(positions, self.config.d_model), x.dtype)[None]
        if addition is not None:
            x = x + addition
        return self.input_dropouts[1](x, training=training)

    def project_frames(self, x):
        """Map decoder outputs (batch, groups, d_model) to mel (batch, groups·r, bands) and stop logits (…, 1)."""
        if self.final_norms:
            x = self.final_norms[1](x)
        factor, shape = self.config.reduction_factor, ops.shape(x)
        mel = ops.reshape(self.mel_dense(x), (shape[0], shape[1] * factor, self.n_mels))
        return mel, ops.repeat(self.stop_dense(x), factor, axis=1)

    def refine(self, mel_pre, mask=None, training=False, always_mask=False):
        """Add the PostNet's correction to `mel_pre`."""
        if self.postnet is None:
            return mel_pre
        correction = self.postnet(mel_pre, valid=mask, training=training, always_mask=always_mask)
        return mel_pre + ops.cast(correction, mel_pre.dtype)

    # Teacher forcing.

    def forward(self, inputs, training=False, cross_window=True, detach_postnet=False, text_only=False,
                refined=True) -> ModelOutput:
        """Run a teacher-forced pass and return everything it yields.

        Args:
            inputs: as for `call`; "prosody" (batch, 4), z-scored, conditions on observed values.
            training: whether dropout is drawn.
            cross_window: whether the cross-attention window of the configuration applies (lengths given).
            detach_postnet: whether the PostNet sends no gradient into the decoder.
            text_only: whether `mel_text` is computed too.
            refined: False leaves the PostNet out: `mel_post` is `mel_pre`, and no batch statistics change.
        """
        enc_ids = ops.cast(inputs["enc_ids"], "int32")
        dec_mel = ops.convert_to_tensor(inputs["dec_mel"], dtype="float32")
        self._check_length(dec_mel.shape[1], "mel frames")
        enc_len, mel_len = inputs.get("enc_len"), inputs.get("mel_len")
        factor, num_frames = self.config.reduction_factor, ops.shape(dec_mel)[1]

        enc_mask = self.text_mask(enc_ids, enc_len)
        memory = self.encode(enc_ids, enc_mask, training=training)
        memory, addition, mean, log_std = self.condition(memory, enc_mask, inputs.get("prosody"), training=training)

        go_frame = ops.broadcast_to(ops.cast(self.go_frame, dec_mel.dtype), (ops.shape(dec_mel)[0], 1, self.n_mels))
        fed = ops.concatenate([go_frame, dec_mel[:, factor::factor]], axis=1)
        num_groups = ops.shape(fed)[1]
        masks = None
        if self.inference_masks is not None and not training:
            masks = ops.convert_to_tensor(self.inference_masks)[None, :num_groups]
        x = self.embed_groups(fed, ops.arange(num_groups), addition, masks, training=training)

        self_mask, query_mask = causal_mask(num_groups), None
        cross_mask = enc_mask[:, None, None, :]
        if mel_len is not None:
            query_mask = length_mask(group_lengths(mel_len, factor), num_groups)
            self_mask = self_mask & query_mask[:, None, None, :]
            if cross_window and self.config.cross_win is not None:
                text_lengths = ops.sum(ops.cast(enc_mask, "int32"), axis=1)
                cross_mask = cross_mask & diagonal_window(mel_len, text_lengths, num_groups, ops.shape(enc_ids)[1],
                                                          factor, self.config.cross_win)
        attention, texts = [], []
        for block in self.decoder_blocks:
            x, weights, text = block.read(x, memory, self_mask, cross_mask, query_mask, training=training)
            attention.append(weights)
            texts.append(text)
        mel_pre, stop_logits = self.project_frames(x)
        mel_pre, stop_logits = mel_pre[:, :num_frames], stop_logits[:, :num_frames]
        mel_text = self.project_frames(sum(texts[1:], texts[0]))[0][:, :num_frames] if text_only else None
        frame_mask = None if mel_len is None else length_mask(mel_len, num_frames)
        coarse = ops.stop_gradient(mel_pre) if detach_postnet else mel_pre
        mel_post = self.refine(coarse, frame_mask, training=training) if refined else mel_pre
        return ModelOutput(mel_pre, mel_post, stop_logits, tuple(attention), mean, log_std, mel_text)

    def call(self, inputs, training=False, return_attn=False, cross_window=True):
        """Run a teacher-forced pass.

        Args:
            inputs: dict of "enc_ids" int (batch, tokens); "dec_mel" float (batch, frames, bands), already shifted, its
                frame 0 replaced by the learnt go frame; optionally "enc_len", "mel_len" int (batch,) and "prosody".
            training: whether dropout is drawn.
            return_attn: True adds the last decoder layer's mean over heads, (batch, frames, tokens); "all" adds every
                layer and head, (batch, layers, heads, groups, tokens).
            cross_window: False lifts the cross-attention window.

        Returns:
            mel_pre and mel_post (batch, frames, bands), stop_logits (batch, frames, 1), and the attention if asked for.
        """
        output = self.forward(inputs, training=training, cross_window=cross_window)
        result = (output.mel_pre, output.mel_post, output.stop_logits)
        if return_attn == "all":
            return (*result, ops.stack(output.attention, axis=1))
        if return_attn:
            mean = ops.repeat(ops.mean(output.attention[-1], axis=1), self.config.reduction_factor, axis=1)
            return (*result, mean[:, :ops.shape(output.mel_pre)[1]])
        return result

    def shift_right_mel(self, mel):
        """Return the mel shifted by one frame, zeros first: what teacher forcing feeds. (batch, frames, bands)."""
        return ops.pad(mel, ((0, 0), (1, 0), (0, 0)))[:, :-1]

    def predict_prosody(self, enc_ids, enc_len=None):
        """Return the predicted mean and spread of the prosody, each (batch, 4), z-scored.

        Raises:
            ValueError: where the model has no prosody conditioning.
        """
        if self.prosody is None:
            raise ValueError("this model was made with prosody=False; it has no prosody to predict")
        enc_ids = ops.cast(enc_ids, "int32")
        mask = self.text_mask(enc_ids, enc_len)
        mean, log_std = self.prosody.predict(self.encode(enc_ids, mask), mask)
        return mean, ops.exp(log_std)

    def generate(self, enc_ids, **options):
        """Decode freely and return a `Generation`; see `mytts_core.model.decoding.generate`."""
        from mytts_core.model.decoding import generate

        return generate(self, enc_ids, **options)

    def greedy_generate_fast(self, enc_ids, max_steps: int = 600, temperature: float = 1.0, *,
                             return_pre: bool = False, verbose: bool = False, **options):
        """Decode freely and return (mel, stop_probs), with the mel before the PostNet first where asked for.

        Args and sampling: see `mytts_core.model.decoding.generate`.
        """
        generation = self.generate(enc_ids, max_steps=max_steps, temperature=temperature, verbose=verbose, **options)
        result = (generation.mel, generation.stop_probs)
        return (generation.mel_pre, *result) if return_pre else result

    def _add_positions(self, x):
        if not self.adds_positions:
            return x
        positions = sinusoidal_positions(ops.arange(ops.shape(x)[1]), self.config.d_model)
        return x + ops.cast(positions, x.dtype)[None]

    def _check_length(self, length, what: str) -> None:
        if length is not None and length > self.config.max_length:
            raise ValueError(f"{length} {what} are more than max_length ({self.config.max_length})")

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), **self.config.model_kwargs(), "input_vocab_size": self.input_vocab_size,
                "n_mels": self.n_mels, "pad_id": self.pad_id}


def _positive(name: str, value: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {value!r}; it must be a whole number of at least 1")
    return value
