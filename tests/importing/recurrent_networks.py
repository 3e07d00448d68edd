"""Networks with recurrent layers in the spellings that people use; make_networks.py saves them. They have no int8 form."""

import torch
from torch import nn


class LastState(nn.Module):
    """Batch, time, features, as most write it."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.head(h[-1])


class LastStep(nn.Module):
    """Of the output, and after a squeezed channel of audio features."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(10, 7, batch_first=True)
        self.head = nn.Linear(7, 5)

    def forward(self, x):
        out, _ = self.gru(x.squeeze(1))
        return self.head(out[:, -1])


class BothWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(10, 7, bidirectional=True, bias=False)
        self.head = nn.Linear(14, 5)

    def forward(self, x):
        _, h = self.gru(x.squeeze(1).permute(1, 0, 2))
        return self.head(torch.cat([h[0], h[1]], dim=1))


class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x.transpose(1, 2))
        return self.head(out[:, -1, :])


class BetweenConvolutions(nn.Module):
    """All states are a signal again."""

    def __init__(self):
        super().__init__()
        self.before = nn.Conv1d(6, 9, 3)
        self.lstm = nn.LSTM(9, 4, bidirectional=True, batch_first=True)
        self.after = nn.Conv1d(8, 5, 3)

    def forward(self, x):
        out, _ = self.lstm(torch.relu(self.before(x)).transpose(1, 2))
        return self.after(out.transpose(1, 2)).mean(-1)


class FromThatState(nn.Module):
    """Refused: what the cell starts from is learnt."""

    def __init__(self):
        super().__init__()
        self.start = nn.Parameter(torch.randn(1, 1, 8))
        self.gru = nn.GRU(6, 8, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        _, h = self.gru(x, self.start)
        return self.head(h[-1])


class EveryStep(nn.Module):
    """Refused: a backward layer's first step is no state that an operator gives."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, batch_first=True, bidirectional=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


NETWORKS = {
    "last_state": (LastState, (20, 6)),
    "last_step": (LastStep, (1, 25, 10)),
    "both_ways": (BothWays, (1, 25, 10)),
    "stacked": (Stacked, (6, 20)),
    "between_convolutions": (BetweenConvolutions, (6, 20)),
}
REFUSED = {"from_that_state": (FromThatState, (20, 6)), "every_step": (EveryStep, (20, 6))}


def save(folder, export):
    """Traced, scripted and as ONNX; and recurrent_networks.txt: file, the TorchScript file that computes the same, extents."""
    lines = []
    for name, (make, shape) in {**NETWORKS, **REFUSED}.items():
        network = make().eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.uniform_(-0.6, 0.6)
        torch.jit.trace(network, torch.randn(1, *shape)).save(str(folder / f"recurrent_{name}_traced.pt"))
        torch.jit.script(network).save(str(folder / f"recurrent_{name}_scripted.pt"))
        export(network, shape, folder / f"recurrent_{name}.onnx")
        export(network, shape, folder / f"recurrent_{name}_any_batch.onnx", any_batch=True)
        for file in ("_traced.pt", "_scripted.pt", ".onnx", "_any_batch.onnx"):
            if name in NETWORKS:
                lines.append(" ".join([f"recurrent_{name}{file}", f"recurrent_{name}_scripted.pt", *map(str, shape)]))
    (folder / "recurrent_networks.txt").write_text("\n".join(lines) + "\n")
