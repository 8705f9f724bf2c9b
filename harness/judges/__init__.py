"""What must hold over a whole trace: money, binding, secrecy, liveness. Reads the trace and nothing else."""
