"""PyTorch on the CPU: torch_mlp.py <W1..W5> [threads] [eager|fused]

eager: Adam as it comes; fused: Adam(fused=True), one pass over the parameters.
"""

import common

workload, threads, mode = common.arguments(["eager", "fused"])

import torch  # after the environment is set

torch.set_num_threads(threads)
torch.manual_seed(1)
_, widths, batch, _ = common.WORKLOADS[workload]
binary = widths[-1] == 1
layers = []
for inputs, outputs in zip(widths, widths[1:]):
    layers += [torch.nn.Linear(inputs, outputs), torch.nn.Tanh() if binary else torch.nn.ReLU()]
model = torch.nn.Sequential(*layers[:-1])  # the loss takes the logits
x, y = map(torch.from_numpy, common.data(workload))
if binary:
    y = y.float().unsqueeze(1)
criterion = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True if mode == "fused" else None)


def epoch():
    total = 0.0
    for rows in torch.randperm(len(x)).split(batch):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(rows)
    return total / len(x)


common.train(f"torch {mode}", torch.__version__, workload, threads, epoch)
