"""Training: trainer, data loader, optimizer step, checkpoints, metrics, telemetry."""
