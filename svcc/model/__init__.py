"""Kubernetes objects as svcc reads them: exactly the fields that it honours, defaults filled in."""
