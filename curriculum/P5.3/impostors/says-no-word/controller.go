package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// Reconciler keeps a Deployment for each App.
type Reconciler struct{ client.Client }

// SetUp watches both kinds, so that a Deployment that is changed or deleted is made good.
func (r *Reconciler) SetUp(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).For(&App{}).Owns(&appsv1.Deployment{}).Complete(r)
}

// Reconcile is called with a name, not with what happened: it looks and mends, and may be called at any time.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var app App
	if err := r.Get(ctx, request.NamespacedName, &app); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !app.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil // What it owns goes by garbage collection.
	}
	deployment, err := r.deploy(ctx, &app)
	if err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.tell(ctx, &app, deployment)
}

// deploy makes the Deployment of the app what it should be. It sets fields of its own alone: what the server filled in, or
// another looks after, stays, so that nothing is written without need.
func (r *Reconciler) deploy(ctx context.Context, app *App) (*appsv1.Deployment, error) {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: app.Name, Namespace: app.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, deployment, func() error {
		if deployment.UID != "" && !metav1.IsControlledBy(deployment, app) {
			return fmt.Errorf("the Deployment %s is not ours", deployment.Name)
		}
		labels := map[string]string{"app.kubernetes.io/name": app.Name}
		deployment.Spec.Replicas = new(app.Spec.Replicas)
		deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
		deployment.Spec.Template.Labels = labels
		if len(deployment.Spec.Template.Spec.Containers) != 1 {
			deployment.Spec.Template.Spec.Containers = make([]corev1.Container, 1)
		}
		container := &deployment.Spec.Template.Spec.Containers[0]
		container.Name, container.Image = "app", app.Spec.Image
		if len(container.Ports) != 1 {
			container.Ports = make([]corev1.ContainerPort, 1)
		}
		container.Ports[0].ContainerPort = app.Spec.Port
		return controllerutil.SetControllerReference(app, deployment, r.Scheme())
	})
	return deployment, err
}

// tell writes into the status how things are, when that has changed.
func (r *Reconciler) tell(ctx context.Context, app *App, deployment *appsv1.Deployment) error {
	before := app.Status
	before.Conditions = append([]metav1.Condition(nil), before.Conditions...)
	app.Status.ObservedGeneration = app.Generation
	app.Status.ReadyReplicas = deployment.Status.ReadyReplicas
	meta.SetStatusCondition(&app.Status.Conditions, readiness(app, deployment))
	if equality.Semantic.DeepEqual(before, app.Status) {
		return nil
	}
	return r.Status().Update(ctx, app)
}

// readiness says whether all copies of this generation answer. The status of a Deployment is of an earlier generation
// until its own controller has seen the new one; and while there are more replicas than updated ones, some that are ready
// may be old.
func readiness(app *App, deployment *appsv1.Deployment) metav1.Condition {
	condition := metav1.Condition{
		Type:               "Ready",
		Status:             metav1.ConditionFalse,
		ObservedGeneration: app.Generation,
		Reason:             "Progressing",
	}
	status, wanted := deployment.Status, app.Spec.Replicas
	current := status.ObservedGeneration == deployment.Generation
	if current && status.Replicas == wanted && status.UpdatedReplicas == wanted && status.ReadyReplicas == wanted {
		condition.Status, condition.Reason = metav1.ConditionTrue, "AllReady"
	}
	return condition
}
