"""Networks that cannot be imported, each for a reason of its own; make_networks.py saves them scripted."""

import torch
from torch import nn
from torch.nn import functional as F


class Refused(nn.Module):
    """Of flattened samples, all of them; what each does cannot be told by values that never change, or by floats."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(54, 5)
        self.other = nn.Linear(5, 5)


class WrittenThroughView(Refused):
    def forward(self, x):
        x = self.head(x)
        x.view(-1, 5, 1).relu_()
        return x + self.other(x)


class ExtendedList(Refused):
    def forward(self, x):
        values = [self.head(x)]
        values.extend([self.other(values[0])])
        return torch.cat(values, 1)


class WholeNumbers(Refused):
    def forward(self, x):
        return self.head(x).int().float()


class SoftmaxOfBatch(Refused):
    def forward(self, x):
        return F.softmax(self.head(x), dim=0)


class Foreign(nn.Module):
    """Much that no operator here computes; a branch on its shape follows from it, one on its values does not."""

    def __init__(self):
        super().__init__()
        self.gelu = nn.GELU()
        self.enlarge = nn.Upsample(scale_factor=2)
        self.norm = nn.GroupNorm(1, 2)

    def forward(self, x):
        left, right = torch.chunk(self.enlarge(self.gelu(x)), 2, 1)
        x = self.norm(torch.cat([right, left], 1))
        if x.dim() == 3:
            x = x.unsqueeze(0)
        if bool(x.mean() > 0):
            x = F.leaky_relu(x)
        return x.mean([2, 3])


REFUSED = [WrittenThroughView, ExtendedList, WholeNumbers, SoftmaxOfBatch, Foreign]
