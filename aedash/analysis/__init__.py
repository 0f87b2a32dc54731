"""What a trained model knows: figures, projections, baselines. Torch modules in, numpy out."""
