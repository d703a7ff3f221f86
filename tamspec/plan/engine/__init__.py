"""The scheduler: when each job is worked, on working calendars and shared capacity, and why not earlier.

It takes jobs, resources and hours (`problem.py`), and knows nothing of YAML, services, departments or Changes.
"""
