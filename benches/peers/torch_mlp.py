"""PyTorch on the CPU: torch_mlp.py FOLDER [THREADS|default] [eager|fused|compile]

eager: Adam as it comes; fused: Adam(fused=True), one pass over the parameters; compile: that, and
forward pass and loss compiled.
"""

import common

workload, mode = common.arguments(["eager", "fused", "compile"])

import torch  # after the environment is set

if workload.threads:
    torch.set_num_threads(workload.threads)
torch.manual_seed(1)
layers = []
for inputs, outputs in zip(workload.widths, workload.widths[1:]):
    linear = torch.nn.Linear(inputs, outputs)
    layers += [linear, torch.nn.Tanh() if workload.is_tanh else torch.nn.ReLU()]
model = torch.nn.Sequential(*layers[:-1])  # the loss takes the logits
system, version = f"torch {mode}", torch.__version__


def begin():
    """Gives the model the initial weights."""
    with torch.no_grad():
        for linear, (weights, biases) in zip(layers[::2], workload.initial()):
            linear.weight.copy_(torch.from_numpy(weights.T.copy()))
            linear.bias.copy_(torch.from_numpy(biases.copy()))


if workload.name == "W6":
    begin()
    x = torch.from_numpy(workload.data()[0])
    first = x[:1].clone()

    def outputs(x):
        return torch.softmax(model(x), 1)

    if mode == "compile":
        outputs = torch.compile(outputs)
    with torch.inference_mode():
        workload.predict(system, version, lambda: outputs(first), lambda: outputs(x))
    raise SystemExit

x, y = map(torch.from_numpy, workload.data())
if workload.is_binary:
    y = y.float().unsqueeze(1)
criterion = torch.nn.BCEWithLogitsLoss() if workload.is_binary else torch.nn.CrossEntropyLoss()


def loss_of(x, y):
    return criterion(model(x), y)


if mode == "compile":
    loss_of = torch.compile(loss_of)


def fit(epochs):
    begin()
    fused = True if mode != "eager" else None
    optimizer = torch.optim.Adam(model.parameters(), lr=workload.learning_rate, fused=fused)
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(workload.batch):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(x[rows], y[rows])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
    return total / len(x)


workload.train(system, version, fit)
