"""Iterations of the network in PyTorch: its weights, its data, and the memory that it carries along."""

import torch
import torch.nn.functional as F


def make_network(form, net, dtype="float32", device="cpu"):
    """A ReaderWriter with mgnm's weights; form: the class that says how it is run."""
    network = form(net.network).to(getattr(torch, dtype))
    net.check_count(sum(p.numel() for p in network.parameters()))
    network.load(net.build(dtype).state_dict())
    return network.to(device, memory_format=network.memory_format)


def tensors(inputs, targets, dtype="float32", device="cpu"):
    """observation, query (T, B, C, H, W) and targets (T, B, S, S) from arrays with channels last."""
    options = {"dtype": getattr(torch, dtype), "device": device}
    grids = [torch.tensor(inputs[name], **options).movedim(-1, -3).contiguous() for name in ("observation", "query")]
    return *grids, torch.tensor(targets[..., 0], **options)


def iteration(network, chunk, state):
    """Forward and backward over a chunk of `tensors`: logits, the loss, the state to carry on without its history."""
    network.zero_grad()
    observation, query, targets = chunk
    logits, state = network(observation, query, state)
    loss = F.binary_cross_entropy_with_logits(logits, targets)
    loss.backward()
    return logits.detach(), loss.detach(), [{j: (h.detach(), c.detach()) for j, (h, c) in levels.items()}
                                            for levels in state]
