"""Checks an exported network with the ONNX checker, and against Burn in onnxruntime.

    limn-trainer export-onnx --model M.bpk --output M.onnx
    limn-trainer stylize --model M.bpk --input photo.png --output out.png --dump arrays
    python3 check_onnx.py M.onnx arrays

needs numpy, onnx and onnxruntime. Exits with 1 where the two differ by more than 1e-4 anywhere.
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

model, arrays = sys.argv[1], pathlib.Path(sys.argv[2])
onnx.checker.check_model(model, full_check=True)
gradient = np.load(arrays / "gradient.npy")
expected = np.load(arrays / "styled_gradient.npy")
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
(output,) = session.run(None, {"gradient": gradient[None]})
output = output[0]
# The last column of ∂x and the last row of ∂y carry no meaning, and the dump has zeros there.
output[:3, :, -1] = 0
output[3:, -1] = 0
error = float(np.abs(output - expected).max())
print(f"{gradient.shape}: largest difference {error:.2e}")
sys.exit(error > 1e-4)
