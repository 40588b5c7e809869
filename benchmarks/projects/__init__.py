"""What is copied into made-up projects, or loaded by them: agents, tests and plugins of contenders."""
