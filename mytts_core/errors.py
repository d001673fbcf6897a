"""Every error that MyTTS raises on purpose.

    MyTTSError
    ├── ConfigError      a configuration value that breaks a rule        (also a ValueError)
    ├── CorpusError      a corpus that cannot be read or is empty
    ├── AudioError       a waveform or a file that is not usable audio   (also a ValueError)
    ├── TextError        a text nothing can be said of                   (also a ValueError)
    ├── CheckpointError  weights that are missing, damaged or do not fit (also a ValueError)
    ├── RunError         a run folder that cannot be read or written
    ├── TrainingError    a training that cannot go on
    ├── SynthesisError   a synthesis that cannot be done
    └── ListeningError   a listening test that cannot be made, voted in or read

A message names the thing, the rule it breaks, and the way out. The command line prints it and ends with code 2.
"""


class MyTTSError(Exception):
    """Base of all errors that a user can do something about."""


class ConfigError(MyTTSError, ValueError):
    """A configuration value breaks a rule."""


class CorpusError(MyTTSError):
    """A corpus is missing, unreadable or empty."""


class AudioError(MyTTSError, ValueError):
    """A waveform or an audio file is not usable."""


class TextError(MyTTSError, ValueError):
    """A text is empty or holds no symbol the model knows."""


class CheckpointError(MyTTSError, ValueError):
    """Weights are missing, damaged, or made for another configuration."""


class RunError(MyTTSError):
    """A run folder is missing, foreign, or cannot be written."""


class TrainingError(MyTTSError):
    """A training cannot start or cannot go on."""


class SynthesisError(MyTTSError):
    """A synthesis cannot be done, or its worker ended."""


class ListeningError(MyTTSError):
    """A listening test cannot be made, voted in or read."""
