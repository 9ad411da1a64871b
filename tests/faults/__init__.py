"""What fails under the services, and that nothing acknowledged is lost by it, nor done twice."""
