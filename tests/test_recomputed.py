"""Every figure that pages show, for one run of every kind, by another path: stored tensors, numpy, scikit-learn."""

import json
import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch.distributions import Normal, kl_divergence

from aedash.analysis.probing import accuracies
from aedash.analysis.quality import quality
from aedash.analysis.trained import trained
from aedash.config import parse
from aedash.events import RunState
from aedash.settings import Settings
from aedash.training.manager import RunManager
from tests import fakes, independent

QUICK = {"data": {"name": "digits"}, "epochs": 2, "optimizer": {"learning_rate": 0.01, "batch_size": 32}}
SMALL = {"name": "dense", "widths": [24], "latent": 6}
KINDS = {
    "plain": {"architecture": {**SMALL, "code_activation": "relu"}},
    "cross entropy": {"architecture": SMALL, "objective": [{"name": "reconstruction", "loss": "bce"}]},
    "variational": {
        "architecture": {**SMALL, "variational": True},
        "objective": ["reconstruction", {"name": "kl", "weight": 0.2}],
    },
    "denoising": {"architecture": SMALL, "corruption": {"name": "gaussian", "sigma": 0.8}},
    "standardised": {
        "architecture": {**SMALL, "output": "none"},
        "data": {"name": "digits", "scaling": "standardised"},
    },
    "contractive": {"architecture": SMALL, "objective": ["reconstruction", {"name": "contractive", "weight": 0.1}]},
    "sparse": {"architecture": SMALL, "objective": ["reconstruction", {"name": "l1_code", "weight": 0.1}]},
    "Wasserstein": {"architecture": SMALL, "objective": ["reconstruction", {"name": "mmd", "weight": 1}]},
    "transposed": {"architecture": "conv_transpose"},
    "upsampling": {"architecture": "conv_upsample"},
    "conditional": {"architecture": "conditional", "objective": ["reconstruction", {"name": "kl", "weight": 0.2}]},
    "discrete": {"architecture": {"name": "vq", "channels": 8, "words": 16, "width": 4}},
    "linear": {"architecture": {"name": "pca", "latent": 6}, "epochs": 1},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """{kind: (run, history)}, each trained for two epochs in the app's own way."""
    folder = tmp_path_factory.mktemp("recomputed")
    settings = Settings(runs_dir=folder, data_dir=folder, log_file=folder / "log", device="cpu", threads=1)
    manager = RunManager(settings)
    plans = {kind: parse({**QUICK, **fields}) for kind, fields in KINDS.items()}
    ids = {kind: manager.submit(config) for kind, config in plans.items()}
    ended = {kind: fakes.over(manager, identifier) for kind, identifier in ids.items()}
    assert {run.state for run in ended.values()} == {RunState.FINISHED}
    yield {kind: (run, manager.history(run)) for kind, run in ended.items()}
    manager.close()


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def run(runs, kind):
    return runs[kind][0]


class Other:
    """A run's network as the other path has it, on the test images: x and made on [0, 1]."""

    def __init__(self, run, digits, noise=0.0):
        raw = json.loads((run.folder / "run.json").read_text())["config"]
        self.config, self.tensors = raw["architecture"], independent.stored(run.folder / "best.safetensors")
        self.x, self.labels = digits.test.images.float() / 255, digits.test.labels
        centre, scale = 0.0, 1.0
        if raw["data"]["scaling"] == "standardised":
            pixels = digits.train.images.double() / 255
            centre, scale = float(pixels.mean()), float(pixels.std(correction=0))
        self.input = (self.x - centre) / scale
        self.input = self.input + noise * torch.randn(self.x.shape, generator=torch.Generator().manual_seed(1))
        net = independent.NETS[self.config["name"]]
        made, self.code, self.log_var = net(self.input, self.labels, self.tensors, self.config)
        self.made = made * scale + centre

    @property
    def mse(self):
        return float(((self.made - self.x).double() ** 2).mean())


def test_the_images_are_scikit_learns(digits):
    rows = independent.digits(digits.test.images) + independent.digits(digits.train.images)
    assert sorted(rows) == list(range(1797))


def test_the_headline_error(run, digits):
    assert run.figures["test"].mse == pytest.approx(Other(run, digits).mse, rel=1e-4)


def test_a_denoiser_is_judged_on_noisy_input_first(runs, digits):
    run, _ = runs["denoising"]
    clean, noisy = Other(run, digits), Other(run, digits, noise=0.8)
    assert run.figures["test"].mse_corrupted == pytest.approx(noisy.mse, rel=0.02)  # another draw of the noise
    assert run.figures["test"].task_mse == run.figures["test"].mse_corrupted
    assert noisy.mse > 1.05 * clean.mse


def test_the_sum_that_is_minimised(runs, digits):
    run, _ = runs["cross entropy"]
    other = Other(run, digits)
    p, x = other.made.double().clamp(1e-12, 1 - 1e-7), other.x.double()
    nats = -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1).mean()
    assert run.figures["test"].loss == pytest.approx(float(nats), rel=1e-3)
    run, _ = runs["plain"]
    assert run.figures["test"].loss == pytest.approx(784 * Other(run, digits).mse, rel=1e-4)


def test_kl_in_nats(runs, digits):
    for name in ("variational", "conditional"):
        run, _ = runs[name]
        other = Other(run, digits)
        posterior = Normal(other.code, (0.5 * other.log_var).exp())
        nats = kl_divergence(posterior, Normal(0.0, 1.0)).double()
        assert run.figures["test"].terms["kl"] == pytest.approx(float(nats.sum(1).mean()), rel=1e-4)
        assert run.figures["test"].code_size == int((nats.mean(0) >= 0.01).sum())


def test_penalties_of_the_code(runs, digits):
    run, _ = runs["sparse"]
    assert run.figures["test"].terms["l1_code"] == pytest.approx(
        float(Other(run, digits).code.abs().sum(1).mean()), rel=1e-4
    )
    run, _ = runs["contractive"]
    other = Other(run, digits)
    few, norms = other.x[:40], []
    for x in few:  # the Jacobian of one image after another, by autograd in float64
        tensors = {name: value.double() for name, value in other.tensors.items()}
        jacobian = torch.autograd.functional.jacobian(
            lambda flat, t=tensors: independent.stack(flat[None], t, "encoder")[0], x.flatten().double()
        )
        norms.append(float((jacobian**2).sum()))
    assert run.config.objective[1].name == "contractive"
    assert np.mean(norms) == pytest.approx(run.figures["test"].terms["contractive"], rel=0.25)  # 40 of 360 images


def test_live_units(runs, digits):
    for name in ("plain", "cross entropy", "transposed", "linear"):
        run, _ = runs[name]
        code = Other(run, digits).code.flatten(1)
        moves = code.std(0)
        fires = (code > 0).any(0) & (moves > 0)
        silent_somewhere = float(code.min()) == 0
        live = fires if silent_somewhere else (moves > 0) & (moves >= 0.01 * moves.max())
        assert (run.figures["test"].code_size, run.figures["test"].code_units) == (int(live.sum()), code.shape[1])


def test_psnr_and_ssim(run, digits, tmp_path):
    report = quality(trained(run, tmp_path), len(digits.test))
    other = Other(run, digits)
    pairs = list(zip(other.x.squeeze(1).numpy(), other.made.squeeze(1).numpy(), strict=True))
    psnr = np.mean([peak_signal_noise_ratio(x, made, data_range=1) for x, made in pairs])
    ssim = np.mean([structural_similarity(x, made, data_range=1, win_size=7) for x, made in pairs])
    assert report.quality.psnr == pytest.approx(psnr, abs=1e-3)
    assert report.quality.ssim == pytest.approx(ssim, abs=1e-3)
    assert report.quality.mse == pytest.approx(other.mse, rel=1e-4)
    assert report.ratio == pytest.approx(784 / other.code.flatten(1).shape[1])
    assert report.parameters == sum(t.numel() for t in other.tensors.values())


def test_pca_and_the_mean_image(runs, digits):
    for name in ("plain", "standardised", "linear"):
        run, history = runs[name]
        train = digits.splits(run.config.data.validation)["train"].images.flatten(1).numpy() / 255.0
        x = digits.test.images.flatten(1).numpy() / 255.0
        solved = PCA(6, svd_solver="full").fit(train)
        baselines = history.references.mse["test"]
        assert baselines["PCA, 6 numbers"] == pytest.approx(
            np.mean((solved.inverse_transform(solved.transform(x)) - x) ** 2), rel=1e-4
        )
        assert baselines["mean image"] == pytest.approx(np.mean((train.mean(0) - x) ** 2), rel=1e-4)
    run, history = runs["linear"]
    assert run.figures["test"].mse == pytest.approx(history.references.mse["test"]["PCA, 6 numbers"], rel=1e-3)


def test_probes(runs, digits):
    run, _ = runs["plain"]
    other = Other(run, digits)
    first = {name: part[:1000] for name, part in (("images", digits.train.images), ("labels", digits.train.labels))}
    code = independent.stack(first["images"].flatten(1).float() / 255, other.tensors, "encoder", last="relu").numpy()
    labels, test = first["labels"].numpy(), other.code.numpy()
    found = accuracies(code, labels, test, other.labels.numpy())
    scale = StandardScaler().fit(code)
    linear = LogisticRegression(max_iter=100).fit(scale.transform(code), labels)
    assert found.linear == pytest.approx(linear.score(scale.transform(test), other.labels.numpy()))
    nearest = KNeighborsClassifier(5).fit(code, labels)
    assert found.nearest == pytest.approx(nearest.score(test, other.labels.numpy()), abs=0.006)  # ties


def test_images_and_seconds(runs, kind):
    run, history = runs[kind]
    train = 1437 - round(1437 * run.config.data.validation)
    assert run.images == history.images == run.config.epochs * train
    assert run.seconds == pytest.approx(history.seconds)
    assert history.started.steps_per_epoch == math.ceil(train / run.config.optimizer.batch_size)
    assert history.step == run.config.epochs * history.started.steps_per_epoch


def test_the_epochs_mean_is_that_of_its_blocks(runs, kind):
    _, history = runs[kind]
    last = [b for b in history.blocks if b.step > history.step - history.started.steps_per_epoch]
    mean = sum(b.losses["loss"] * b.images for b in last) / sum(b.images for b in last)
    assert history.ends[-1].train["loss"] == pytest.approx(mean, rel=1e-6)


def test_snapshots_show_what_the_network_makes(run, digits, runs, kind):
    _, history = runs[kind]
    last, probes = history.snapshots[-1], history.probes
    if run.figures["test"].mse_corrupted is not None or run.config.epochs != history.best().epoch:
        assert kind == "denoising" or history.best().epoch < run.config.epochs
        return
    other = Other(run, digits)
    made = other.made[torch.from_numpy(probes.shown)].clamp(0, 1).mul(255).round()
    assert np.abs(last.reconstructions.astype(int) - made.squeeze(1).numpy()).max() <= 1
    errors = ((other.made - other.x) ** 2).flatten(1).mean(1)[torch.from_numpy(probes.shown)]
    assert last.mse == pytest.approx(errors.numpy(), rel=1e-3)
