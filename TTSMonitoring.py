"""Monitoring by its old import name: a thin face over `mytts_core.monitoring`. Importing it loads no TensorFlow."""

from mytts_core.monitoring.alignment import AlignmentScores, choose_head, compute_alignment_diagonality, score_alignment
from mytts_core.monitoring.alignment_path import PathFault, PathReport, diagnose_path
from mytts_core.monitoring.extraction import extract_alignment_from_generation, extract_alignment_from_model
from mytts_core.monitoring.figure import visualize_alignment_matrix
from mytts_core.monitoring.gradients import adaptive_gradient_clipping, analyze_gradients, gradient_warnings
from mytts_core.monitoring.metrics import MetricsAggregator

__all__ = ["AlignmentScores", "MetricsAggregator", "PathFault", "PathReport", "adaptive_gradient_clipping",
           "analyze_gradients", "choose_head", "compute_alignment_diagonality", "diagnose_path",
           "extract_alignment_from_generation", "extract_alignment_from_model", "gradient_warnings", "score_alignment",
           "visualize_alignment_matrix"]
