"""Linear layers through oneDNN: the same sums and derivatives, and still ordinary layers."""

import pytest
import torch
from torch import nn

from harness.onednn import helps_here, through_onednn

available = pytest.mark.skipif(
    not helps_here(),
    reason="this CPU has no AVX-512, so layers stay as they are",
)


def twins(bias: bool) -> tuple[nn.Linear, nn.Linear]:
    torch.manual_seed(0)
    ours, theirs = nn.Linear(24, 40, bias=bias), nn.Linear(24, 40, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    through_onednn(ours)
    return ours, theirs


@available
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(24,), (1, 24), (7, 24), (2, 5, 24), (0, 24)])
def test_products_equal_those_of_torch(bias: bool, shape: tuple[int, ...]) -> None:
    ours, theirs = twins(bias)
    x = torch.randn(shape)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


@available
@pytest.mark.parametrize("bias", [True, False])
def test_derivatives_equal_those_of_torch(bias: bool) -> None:
    ours, theirs = twins(bias)
    x = torch.randn(3, 5, 24)
    found = []
    for layer in (ours, theirs):
        given = x.clone().requires_grad_()
        layer(given).square().sum().backward()
        found.append([given.grad, *(p.grad for p in layer.parameters())])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@available
def test_a_layer_that_is_not_trained_passes_its_derivative_on() -> None:
    ours, _ = twins(bias=True)
    ours.requires_grad_(False)
    x = torch.randn(4, 24, requires_grad=True)
    ours(x).sum().backward()
    assert x.grad is not None
    assert ours.weight.grad is None


@available
def test_other_number_types_are_left_to_torch() -> None:
    ours, theirs = twins(bias=True)
    x = torch.randn(4, 24).bfloat16()
    assert torch.equal(ours.bfloat16()(x), theirs.bfloat16()(x))


def test_layers_stay_linear_layers_and_subclasses_are_not_touched() -> None:
    class Mine(nn.Linear):
        pass

    model = nn.Sequential(nn.Linear(3, 3), Mine(3, 3))
    through_onednn(model)
    assert isinstance(model[0], nn.Linear)
    assert type(model[1]) is Mine
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
