"""The playground: the trained network continues a text, answers a source or predicts an example."""

from rnnstudio.ui.playground.playground import Playground
from rnnstudio.worker.requests import AnswerRequest, ExampleRequest, Request, TextRequest

__all__ = ["AnswerRequest", "ExampleRequest", "Playground", "Request", "TextRequest"]
