"""Side by side with PyTorch, which only this folder may import: `python -m benchmarks.cpu`, and `benchmarks.gpu`."""
