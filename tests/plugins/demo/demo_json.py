"""A weight format from outside that is written and read."""

import json

import numpy as np

from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat, Weights


def encode(model, report, options):
    arrays = {name: {"dtype": str(a.dtype), "values": a.tolist()} for name, a in model.arrays.items()}
    return json.dumps(arrays).encode()


def decode(data, source):
    arrays = json.loads(data)
    return Weights({name: np.array(a["values"], a["dtype"]) for name, a in arrays.items()})


WEIGHT_FORMATS.register(WeightFormat("demo_json", "JSON numbers", ".demo", encode, decode))
