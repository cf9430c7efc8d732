"""Commands and messages as bytes."""

from __future__ import annotations

import msgspec

from rnnstudio.design.message import message
from rnnstudio.worker.commands import Command
from rnnstudio.worker.errors import MessageError
from rnnstudio.worker.messages import Message

_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_messages: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(sent: Command | Message) -> bytes:
    """Return the bytes of a message; raise `MessageError` if it cannot be encoded."""
    try:
        return _encoder.encode(sent)
    except (OverflowError, TypeError, ValueError, msgspec.MsgspecError) as error:
        name = type(sent).__name__
        raise MessageError(
            message(
                "The message “{name}” cannot be sent to the training process: {error}.",
                name=name,
                error=error,
            )
        ) from error


def decode_command(data: bytes) -> Command:
    """Decode a command; raise `MessageError` if it is malformed."""
    try:
        return _commands.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(
            message("The training process received a message that it does not understand and ignored it."),
            details=str(error),
        ) from error


def decode_message(data: bytes) -> Message:
    """Decode a message; raise `MessageError` if it is malformed."""
    try:
        return _messages.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(
            message("The training process sent a message that cannot be understood; it was ignored."),
            details=str(error),
        ) from error
