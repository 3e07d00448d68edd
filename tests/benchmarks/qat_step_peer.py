"""PyTorch's side of qat_step.py: the same network in torch.ao's FX graph mode QAT, in its fastest settings on a CPU.

usage: qat_step_peer.py [--teacher] [--threads N] [--dropout]
Answers each line "N" on standard input with the milliseconds of N steps in a row, a JSON list on one line.
"""

import argparse
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch
import torch.nn.functional as F
from torch import nn
from torch.ao.quantization import get_default_qat_qconfig_mapping
from torch.ao.quantization.quantize_fx import prepare_qat_fx

BATCH, CLASSES = 100, 12
TEMPERATURE, WEIGHT = 4.0, 0.7


def convolution(inputs, outputs, kernel, stride=1, padding=0, groups=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
                         nn.BatchNorm2d(outputs), nn.ReLU())


class DsCnn(nn.Module):
    """configs/models/ds_cnn_{s,l}.yaml; TensorFlow's SAME padding is uneven here, so it is written out."""

    def __init__(self, channels, stem_stride, stem_padding, strides, dropout=(0, 0)):
        super().__init__()
        self.stem_padding = stem_padding  # left, right, top, bottom
        self.stem = convolution(1, channels, (10, 4), stem_stride)
        self.first_dropout = nn.Dropout(dropout[0]) if dropout[0] else nn.Identity()
        blocks = []
        for stride in strides:
            if stride == 2:
                blocks.append(nn.ZeroPad2d((0, 1, 1, 1)))
            blocks += [convolution(channels, channels, 3, stride, 0 if stride == 2 else 1, channels),
                       convolution(channels, channels, 1)]
        self.blocks = nn.Sequential(*blocks)
        self.last_dropout = nn.Dropout(dropout[1]) if dropout[1] else nn.Identity()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, CLASSES)

    def forward(self, x):
        x = self.first_dropout(self.stem(F.pad(x, self.stem_padding)))
        return self.classifier(torch.flatten(self.pool(self.last_dropout(self.blocks(x))), 1))


def prepared_student(x, dropout):
    network = DsCnn(64, 2, (1, 1, 4, 5), [1] * 4, (0.2, 0.4) if dropout else (0, 0))
    network = network.to(memory_format=torch.channels_last).train()
    return prepare_qat_fx(network, get_default_qat_qconfig_mapping("x86"), (x[:1],))


def prepared_teacher(x):
    network = DsCnn(276, (2, 1), (1, 2, 4, 5), [2, 1, 1, 1, 1]).to(memory_format=torch.channels_last).eval()
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, x)))


def distillation(student, teacher):
    divergence = F.kl_div(F.log_softmax(student / TEMPERATURE, 1), F.log_softmax(teacher / TEMPERATURE, 1),
                          reduction="batchmean", log_target=True)
    return TEMPERATURE**2 * divergence


def make_step(arguments):
    torch.manual_seed(1)
    x, labels = torch.randn(BATCH, 1, 49, 10), torch.randint(0, CLASSES, (BATCH,))
    student = prepared_student(x, arguments.dropout)
    teacher = prepared_teacher(x) if arguments.teacher else None
    optimizer = torch.optim.Adam(student.parameters(), 1e-3, fused=True)

    def step():
        logits = student(x)
        loss = F.cross_entropy(logits, labels)
        if teacher is not None:
            with torch.inference_mode():
                answer = teacher(x)
            loss = (1 - WEIGHT) * loss + WEIGHT * distillation(logits, answer.clone())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def milliseconds(step):
    start = time.perf_counter()
    step()
    return round((time.perf_counter() - start) * 1e3, 3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dropout", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    step = make_step(arguments)
    for line in sys.stdin:
        print(json.dumps([milliseconds(step) for _ in range(int(line))]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
